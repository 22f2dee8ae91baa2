DELETE FROM rejections WHERE id <= (SELECT max(id) FROM rejections) - ?
