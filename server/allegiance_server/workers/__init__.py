"""The processes behind the server: the parent, its workers, the writer, and who supervises them."""
