UPDATE views SET is_default = (name = ?)
