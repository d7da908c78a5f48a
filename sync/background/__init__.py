"""What runs without anybody waiting: queues and timers; decode a job, call one service."""
