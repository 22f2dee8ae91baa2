SELECT id FROM traces
