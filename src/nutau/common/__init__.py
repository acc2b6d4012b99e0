"""What every room uses: arrays, numbers and files that users give, YAML, kinematics, tables of text.

Imports nothing of nutau but its errors. Start at :mod:`nutau.common.given`.
"""
