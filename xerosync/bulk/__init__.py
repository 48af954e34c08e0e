"""One act of a person on many documents: a frozen list, done document by document, with a result for each."""
