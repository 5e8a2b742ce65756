"""What is measured, a script a question; see README.md."""
