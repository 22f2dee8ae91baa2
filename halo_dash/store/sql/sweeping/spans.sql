SELECT max(id), json_group_array(DISTINCT resource), json_group_array(DISTINCT scope)
FROM (SELECT id, resource, scope FROM spans WHERE id > ? ORDER BY id LIMIT ?)
