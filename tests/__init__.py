"""What Daybook does, tested where its users meet it."""
