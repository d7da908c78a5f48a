"""What browsers and the booking product's servers meet: decode, call one service, encode."""
