SELECT revision, sequence, rules, store FROM progress
