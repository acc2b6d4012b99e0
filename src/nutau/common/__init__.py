"""Common to all rooms: arrays, what users give, files, YAML, kinematics, tables of text.

Imports nothing of nutau but its errors. Start at :mod:`nutau.common.given`.
"""
