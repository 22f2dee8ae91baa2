SELECT revision, sequence, rules FROM progress
