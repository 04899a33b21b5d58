"""Pointing: the region that a word or phrase means, chosen by a stated mix, and the game that asks whether it is the right one."""
