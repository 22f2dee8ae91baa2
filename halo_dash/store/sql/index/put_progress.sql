UPDATE progress
SET revision = ?, batch = ?, spans = ?, large = ?, since_ns = ?, as_of_ns = ?, store = ? WHERE id = 1
