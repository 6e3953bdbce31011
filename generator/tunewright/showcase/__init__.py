"""A page that shows the code of any project, without a server and without Python."""
