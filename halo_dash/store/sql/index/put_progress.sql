UPDATE progress SET revision = ?, batch = ?, spans = ?, large = ? WHERE id = 1
