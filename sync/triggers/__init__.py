"""The entry points: decode, call one service function, encode. The only home of azure.functions."""
