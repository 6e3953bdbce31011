"""All projects that the template can write, and fair samples of them."""
