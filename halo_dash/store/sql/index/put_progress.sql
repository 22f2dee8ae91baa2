UPDATE progress SET revision = ?, batch = ?, spans = ?, large = ?, since_ns = ?, as_of_ns = ? WHERE id = 1
