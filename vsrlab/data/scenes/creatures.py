"""Animals and people of the generated scenes, as sketches: one line a shape, `part role kind numbers`.

Numbers are coordinates of the sketch's own canvas, y downwards; every creature looks to the right.
Kinds: `oval cx cy rx ry`, `blob` and `poly` (closed, smooth or straight, points), `line width points`, `eye cx cy r`.
Roles: main, dark, light follow the object's colour; the other names are fixed paints of scene_picture.py.
A part called `-` is no part of its own: no detector would frame it.
"""

CREATURES = {
    "dog": """
tail main line 6 14 38 7 27 4 14
leg dark line 9 27 50 25 77
leg dark line 9 66 50 68 77
body main blob 13 36 40 29 70 31 77 46 66 58 30 59 13 52
leg main line 9 20 50 18 78
leg main line 9 73 46 75 78
head main blob 66 20 76 8 90 10 96 21 108 25 110 32 100 38 84 40 70 38
head dark blob 75 9 67 13 62 28 67 35 75 24
head black oval 108 27 3 3
head eye 89 19 3
- red blob 96 37 102 36 101 44 97 43""",
    "cat": """
tail main line 6 13 50 4 38 5 20 13 8
leg dark line 7 28 60 28 82
leg dark line 7 60 60 62 82
body main blob 12 48 36 40 64 42 73 54 62 67 28 67 12 60
leg main line 7 20 58 19 83
leg main line 7 68 56 69 83
head main poly 66 30 64 8 78 20
head main poly 84 19 97 8 97 30
head main oval 81 34 18 16
head pink poly 68 22 67 13 73 19
head pink poly 89 18 95 13 95 22
head light oval 84 42 9 6
head eye 76 32 3.6
head eye 90 32 3.6
head pink oval 84 38 2.5 1.8
- black line 0.8 78 42 62 39
- black line 0.8 90 42 106 39""",
    "horse": """
tail dark line 8 13 35 4 50 7 72
leg dark line 8 27 58 25 98
leg dark line 8 68 58 73 98
body main blob 12 38 34 31 64 32 80 40 77 58 54 63 24 63 11 52
leg main line 9 20 56 18 98
leg main line 9 74 54 78 98
leg black line 9 18 95 18 99
leg black line 9 78 95 78 99
head main blob 64 40 76 16 90 6 99 10 113 27 112 34 103 36 94 28 86 40 80 54
mane dark line 7 66 36 75 19 85 7
head main poly 88 8 89 -3 95 7
head eye 97 16 2.6
- black oval 110 29 1.4 1.8""",
    "cow": """
tail dark line 3 10 30 3 44 5 62
leg dark line 9 26 58 26 88
leg dark line 9 66 58 68 88
udder pink oval 44 64 9 7
body main blob 8 32 30 25 66 26 80 34 80 56 60 64 22 64 8 52
body white blob 24 30 38 28 44 40 34 50 22 44
body white blob 56 40 68 36 72 50 60 56
leg main line 9 18 56 17 89
leg main line 9 75 54 76 89
head main blob 76 20 90 14 102 22 108 38 102 46 90 44 78 36
head main poly 80 20 68 14 76 26
horn cream line 4 84 16 84 6 90 2
horn cream line 4 94 16 98 7 104 5
head pink oval 102 40 8 7
head eye 92 26 3
- black oval 104 39 1.5 1.8""",
    "sheep": """
leg black line 6 28 58 28 82
leg black line 6 64 58 64 82
leg black line 6 38 60 38 84
leg black line 6 54 60 54 84
body main blob 14 46 8 34 18 26 22 14 36 16 46 8 58 15 70 14 76 26 84 34 78 46 74 58 62 58 50 66 38 60 24 62
body light blob 24 30 32 22 40 27 34 36
body light blob 48 28 58 22 64 32 54 38
head black blob 72 26 84 20 96 30 96 42 86 50 76 44
head black oval 73 32 7 4
head main blob 70 24 76 14 86 16 90 24 80 27
head eye 86 31 3""",
    "pig": """
tail dark line 3 8 38 2 32 5 26 9 31 3 37
leg dark line 9 28 58 28 78
leg dark line 9 62 58 62 78
body main blob 8 40 24 24 52 20 78 28 84 44 74 62 40 66 14 58
leg main line 10 20 56 19 79
leg main line 10 70 56 71 79
head main oval 84 40 19 18
head dark poly 72 28 70 12 84 22
head dark poly 88 22 98 14 98 30
head light oval 99 44 8 9
head eye 86 34 3
- black oval 97 43 1.5 2.4
- black oval 102 43 1.5 2.4""",
    "elephant": """
tail dark line 4 8 34 2 52
leg dark line 15 34 66 34 94
leg dark line 15 66 66 66 94
body main blob 6 44 14 22 40 12 68 18 82 34 80 62 62 74 22 74 8 62
leg main line 17 20 62 19 93
leg main line 17 78 58 79 93
head main oval 92 32 22 22
trunk main line 12 106 36 114 56 112 78 120 86
tusk cream line 4 100 50 110 60 118 58
ear dark blob 78 16 90 12 94 30 88 50 74 46 68 30
ear light blob 78 22 86 19 88 31 84 43 76 40 73 30
head eye 101 28 3""",
    "giraffe": """
tail dark line 3 12 92 4 108 5 118
leg dark line 7 28 108 28 158
leg dark line 7 58 108 60 158
body main blob 11 92 30 82 58 78 72 90 66 112 36 116 14 110
leg main line 8 20 106 18 158
leg main line 8 65 100 67 158
neck main blob 52 86 70 40 76 16 86 16 86 40 74 98
mane dark line 4 56 78 67 42 74 18
head main blob 74 10 84 4 104 18 108 26 100 28 84 24 76 22
horn dark line 3 80 8 78 -4
horn dark line 3 86 7 87 -5
head main poly 76 10 66 6 74 16
head eye 89 13 2.6""",
    "lion": """
tail main line 4 12 42 2 54 5 70
- dark oval 5 72 5 6
leg dark line 9 27 60 25 86
leg dark line 9 62 60 64 86
body main blob 10 42 34 36 62 36 72 50 64 66 30 66 10 58
leg main line 10 20 58 18 87
leg main line 10 70 54 72 87
mane dark blob 62 30 66 14 80 6 96 10 104 24 102 42 92 54 76 54 64 46
head main oval 86 30 15 16
head main oval 74 18 5 5
head main oval 97 17 5 5
head light oval 90 38 9 7
head black poly 86 33 95 33 90 38
head eye 82 27 3
head eye 94 27 3""",
    "rabbit": """
tail white oval 8 72 7 7
body main blob 8 66 18 48 40 46 56 58 58 80 38 88 14 86
leg main oval 26 84 16 7
leg main line 7 50 70 54 86
ear main blob 48 30 38 4 44 -6 52 2 56 28
ear main blob 60 28 62 0 70 -6 72 4 68 30
ear pink blob 48 24 43 4 48 4 51 24
head main oval 60 42 18 16
head eye 64 38 3.4
head pink oval 76 43 2.5 2
head light oval 70 49 7 5""",
    "bird": """
tail dark poly 24 40 0 34 2 46 24 50
body main blob 18 42 40 30 64 26 76 34 70 50 48 58 28 54
head main oval 76 30 14 13
wing dark blob 34 40 28 14 16 -2 42 8 58 24 56 44 44 48
wing light line 3 34 22 44 36
head gold poly 87 26 104 31 87 36
head eye 79 26 3.2""",
    "duck": """
leg gold line 4 38 70 38 84 46 84
leg gold line 4 52 70 52 84 60 84
body main blob 0 38 18 46 50 44 74 44 74 62 54 74 26 72 8 58
wing dark blob 18 50 42 48 58 54 46 66 26 64
neck main blob 60 50 64 26 78 24 80 44 72 58
head main oval 74 22 14 13
bill gold blob 85 20 102 24 102 30 86 30
head eye 77 18 3""",
    "penguin": """
foot gold oval 26 116 11 5
foot gold oval 50 116 11 5
body main blob 12 60 18 32 38 20 58 32 66 60 62 104 38 116 16 104
body white blob 28 60 32 42 46 40 60 50 62 80 56 104 40 110 28 100
wing dark blob 14 46 2 66 0 88 10 80 18 62
wing dark blob 64 48 74 66 76 84 68 80 62 64
head main oval 42 22 19 19
head white blob 44 24 52 14 60 22 58 34 48 36
head gold poly 59 20 76 25 59 30
head eye 51 19 3.2""",
    "turtle": """
leg leaf oval 26 50 9 8
leg leaf oval 70 50 9 8
tail leaf poly 12 44 0 50 14 50
head leaf oval 96 32 13 11
neck leaf line 10 78 46 92 36
shell main blob 10 46 14 22 34 6 58 6 78 22 84 46 48 50
shell dark poly 40 12 54 12 60 26 48 34 34 26
shell dark poly 22 22 32 30 28 42 16 42
shell dark poly 66 28 74 24 78 42 66 42
head eye 99 28 3""",
    "butterfly": """
wing main blob 46 40 30 6 6 2 4 24 20 40 44 46
wing main blob 54 40 70 6 94 2 96 24 80 40 56 46
wing dark blob 46 48 22 46 12 66 26 80 44 60
wing dark blob 54 48 78 46 88 66 74 80 56 60
wing light oval 22 20 8 7
wing light oval 78 20 8 7
body black line 6 50 34 50 66
- black line 1.6 49 32 40 14
- black line 1.6 51 32 60 14""",
    "man": """
leg denim line 12 24 94 22 142
leg denim line 12 37 94 40 142
leg black oval 22 146 10 4.5
leg black oval 43 146 10 4.5
arm skin oval 7 94 5 6
arm skin oval 54 94 5 6
neck skin line 9 30 42 30 54
shirt main line 10 14 58 7 74 7 88
shirt main line 10 47 58 54 74 54 88
shirt main blob 12 56 30 50 49 56 47 78 46 98 30 100 15 98 14 78
head skin oval 31 28 14 17
head hair blob 15 28 16 12 30 6 45 12 46 24 38 15 26 17
head eye 29 27 2.4
head eye 39 27 2.4
- red line 1.6 29 37 34 38.5 39 37""",
    "woman": """
hair hair blob 14 26 18 8 32 4 46 10 48 30 48 56 40 52 20 54 10 50
leg skin line 8 26 106 26 138
leg skin line 8 38 106 39 138
leg red oval 27 141 8 4
leg red oval 41 141 8 4
arm skin line 7 15 60 7 78 10 92
arm skin line 7 47 60 55 78 52 92
neck skin line 8 31 42 31 52
dress main blob 15 58 31 52 47 58 43 76 56 118 31 122 6 118 19 76
head skin oval 32 28 13 16
head hair blob 17 24 20 9 33 6 45 14 46 26 36 16 26 20
head eye 29 28 2.4
head eye 39 28 2.4
- red line 1.8 30 37 34 39 38 37""",
    "child": """
leg denim line 11 24 80 23 108
leg denim line 11 38 80 40 108
leg white oval 23 112 10 4.5
leg white oval 43 112 10 4.5
arm skin line 7 16 56 4 50
arm skin line 7 46 56 58 46
shirt main line 10 17 56 9 53
shirt main line 10 45 56 53 50
shirt main blob 15 54 31 49 47 54 46 82 31 85 16 82
head skin oval 31 28 18 19
head hair blob 12 28 13 13 31 6 49 13 50 28 40 17 24 17
head eye 27 29 2.8
head eye 39 29 2.8
- red line 1.8 28 38 33 41 38 38""",
}
