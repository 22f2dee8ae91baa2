SELECT trace, documents, spans FROM indexed WHERE trace IN (/*many*/ NULL)
