"""What carries tasks to the workers: the database by default, RabbitMQ by setting."""
