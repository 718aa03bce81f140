"""The HTTP interface. An area (commands, statistics, funds …) has its controller and its shapes side by side."""
