"""A victim: writes its pid to the file named first, then takes memory until it is killed."""

import os
import sys

with open(sys.argv[1] + ".new", "w", encoding="ascii") as file:
    file.write(str(os.getpid()))
os.rename(sys.argv[1] + ".new", sys.argv[1])
eaten = []
while True:
    eaten.append(b"x" * (1 << 20))
