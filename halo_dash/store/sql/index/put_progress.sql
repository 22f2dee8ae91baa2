UPDATE progress SET revision = ?, batch = ?, spans = ?, large = ?, since_ns = ? WHERE id = 1
