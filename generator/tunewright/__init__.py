"""What plain Copier cannot be: a strict front door to the template beside this package."""
