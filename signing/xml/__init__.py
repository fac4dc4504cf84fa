"""XML signatures: made with exclusive C14N, judged by a structural profile before any mathematics."""
