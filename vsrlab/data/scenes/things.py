"""Vehicles, plants, furniture, toys and food of the generated scenes: sketches in the notation of scene_creatures.py."""

THINGS = {
    "car": """
- rubber oval 28 58 12 12
body main blob 2 50 4 36 22 32 38 14 72 12 90 30 112 36 117 48 112 58 60 60 8 58
window glass poly 30 31 42 18 57 17 57 31
window glass poly 62 31 62 17 72 17 84 31
wheel rubber oval 28 58 12 12
wheel rubber oval 90 58 12 12
wheel metal oval 28 58 6 6
wheel metal oval 90 58 6 6
light gold oval 113 43 3.5 4
- red oval 5 43 3 4
- dark line 1.4 59.5 33 59.5 56""",
    "bus": """
body main poly 4 8 8 2 128 2 134 10 134 64 4 64
window glass poly 12 12 30 12 30 32 12 32
window glass poly 36 12 54 12 54 32 36 32
window glass poly 60 12 78 12 78 32 60 32
window glass poly 84 12 102 12 102 32 84 32
door glass poly 110 12 128 12 128 58 110 58
- light poly 4 42 106 42 106 47 4 47
wheel rubber oval 32 64 13 13
wheel rubber oval 96 64 13 13
wheel metal oval 32 64 6 6
wheel metal oval 96 64 6 6
- gold oval 132 54 3 4""",
    "truck": """
load main poly 2 6 78 6 78 58 2 58
- dark poly 2 54 126 54 126 62 2 62
cab light blob 82 20 104 18 116 36 128 40 128 60 82 60
window glass poly 90 24 103 24 112 38 90 38
wheel rubber oval 24 62 12 12
wheel rubber oval 52 62 12 12
wheel rubber oval 106 62 12 12
wheel metal oval 24 62 5 5
wheel metal oval 52 62 5 5
wheel metal oval 106 62 5 5
- gold oval 125 50 3 4""",
    "bicycle": """
wheel rubber ring 22 54 20 4
wheel rubber ring 84 54 20 4
- metal line 0.8 22 36 22 72
- metal line 0.8 4 54 40 54
- metal line 0.8 84 36 84 72
- metal line 0.8 66 54 102 54
frame main bend 4.5 22 54 50 54 72 26 38 26 50 54
frame main bend 4.5 22 54 38 26 35 16
frame main bend 4.5 84 54 72 26 70 14 82 10
saddle black line 6 26 15 44 15
- metal oval 50 54 6 6""",
    "boat": """
mast wood line 4 54 6 54 74
sail white blob 58 10 80 36 94 66 58 66
sail cream blob 50 14 34 42 18 66 50 66
hull main blob 4 74 50 76 108 72 96 96 80 102 28 102 14 94
- dark line 2 12 84 100 83
- red poly 54 4 68 9 54 14""",
    "plane": """
wing dark poly 52 30 30 2 42 2 76 28
tail main poly 6 26 0 4 14 4 26 26
body main blob 2 30 24 22 92 20 118 30 116 40 90 46 24 44
window glass oval 44 31 3.6 3.6
window glass oval 58 30 3.6 3.6
window glass oval 72 30 3.6 3.6
window glass poly 96 22 108 25 113 31 98 31
wing dark poly 46 38 74 38 40 68 26 68
engine metal oval 50 56 9 5""",
    "tree": """
trunk wood blob 42 70 46 100 36 132 64 132 54 100 58 70
crown dark blob 12 62 4 44 14 26 28 10 50 2 74 10 90 26 96 46 86 66 66 78 50 72 30 80
crown main blob 18 56 14 40 24 26 36 14 54 8 70 16 82 30 86 46 76 60 60 66 44 64 30 70
crown light oval 38 28 9 7
crown light oval 62 24 7 5
crown light oval 66 46 9 7
crown light oval 32 50 7 5""",
    "flower": """
stem leaf line 5 40 46 42 74 40 104
leaf leaf blob 41 82 56 66 70 66 60 82 42 90
leaf leaf blob 40 90 26 78 12 78 20 92 40 97
bloom main oval 40 14 12 14
bloom main oval 62 28 14 12
bloom main oval 54 52 12 13
bloom main oval 26 52 12 13
bloom main oval 18 28 14 12
bloom gold oval 40 34 13 13
- wood oval 40 34 6 6""",
    "house": """
chimney brick poly 78 6 92 6 92 36 78 36
wall main poly 12 48 104 48 104 108 12 108
roof brick poly 0 52 58 4 116 52
- wood bend 2 2 51 58 5 114 51
door wood poly 50 72 68 72 68 108 50 108
- gold oval 64 91 2 2
window glass poly 20 60 40 60 40 82 20 82
window glass poly 78 60 98 60 98 82 78 82
- white line 2 30 60 30 82
- white line 2 20 71 40 71
- white line 2 88 60 88 82
- white line 2 78 71 98 71""",
    "balloon": """
string grey line 1.6 36 82 42 100 32 116 38 132
knot dark poly 36 78 30 88 42 88
body main blob 4 36 12 10 36 0 60 10 68 36 56 62 36 80 16 62
- white blob 18 22 28 12 32 16 22 30""",
    "kite": """
tail grey line 1.8 40 96 52 112 38 126 50 142
- red poly 42 108 56 106 54 118
- gold poly 34 124 46 126 38 134
body main poly 40 0 78 40 40 98 2 40
body light poly 40 0 78 40 40 40
body dark poly 40 98 40 40 2 40
- wood line 1.6 40 0 40 98
- wood line 1.6 2 40 78 40""",
    "ball": """
body main oval 40 40 40 40
panel light blob 10 20 24 6 40 22 36 40 18 50 2 40
panel dark blob 46 52 68 44 78 50 66 70 48 78 40 66
- white oval 26 18 7 5""",
    "umbrella": """
pole wood line 3.5 60 20 60 120
canopy main blob 2 56 12 26 60 4 108 26 118 56 90 48 60 52 30 48
canopy light blob 40 50 46 18 60 6 74 18 80 50 60 53
- gold oval 60 5 3.5 4""",
    "bench": """
leg metal line 5 18 44 16 72
leg metal line 5 102 44 104 72
back main poly 6 6 114 6 114 14 6 14
back main poly 6 19 114 19 114 27 6 27
- metal line 4 16 4 18 46
- metal line 4 104 4 102 46
seat main poly 2 36 118 36 120 47 0 47""",
    "chair": """
leg dark line 5 14 60 12 104
leg dark line 5 50 60 54 104
leg main line 6 22 62 22 98
back main poly 6 4 16 2 20 56 10 58
back main poly 40 2 50 4 50 56 42 56
back light poly 12 10 46 10 46 20 14 20
back light poly 13 28 46 28 46 36 15 36
seat main poly 6 54 54 54 60 66 8 66""",
    "table": """
leg dark line 6 26 22 28 70
leg dark line 6 94 22 92 70
leg main line 7 12 20 12 76
leg main line 7 108 20 108 76
top main poly 8 2 112 2 120 18 0 18
top dark poly 0 18 120 18 120 24 0 24""",
    "sofa": """
leg wood line 6 18 62 18 72
leg wood line 6 112 62 112 72
back main blob 14 10 34 3 96 3 116 10 118 50 12 50
cushion light blob 20 34 40 31 63 33 63 50 20 52
cushion light blob 67 33 90 31 110 34 110 52 67 50
arm dark blob 2 30 12 24 22 30 22 62 4 62
arm dark blob 108 30 118 24 128 30 126 62 108 62
- main poly 18 50 112 50 112 63 18 63""",
    "lamp": """
foot metal oval 34 106 20 6
pole metal line 4 34 40 34 104
shade main blob 18 4 50 4 66 46 34 50 2 46
- cream blob 14 44 34 49 54 44 34 54""",
    "cup": """
handle main ring 62 34 14 7
body main blob 4 6 32 8 60 6 57 46 48 62 32 64 16 62 7 46
rim dark oval 32 7 28 6
- wood oval 32 8 24 4""",
    "vase": """
flower pink oval 18 14 11 11
flower gold oval 40 6 11 11
flower red oval 60 16 11 11
- leaf line 3 20 20 34 50
- leaf line 3 40 14 38 50
- leaf line 3 58 24 42 50
body main blob 28 44 52 44 50 58 68 82 62 112 40 116 18 112 12 82 30 58""",
    "book": """
page cream poly 6 12 52 18 96 10 96 62 52 70 6 62
cover main poly 2 16 52 24 52 76 2 68
cover dark poly 52 24 100 14 100 66 52 76
page white poly 8 11 52 18 52 68 8 60
page cream poly 52 18 95 9 95 58 52 68
- grey line 1.4 14 22 46 27
- grey line 1.4 14 32 46 37
- grey line 1.4 14 42 46 47
- grey line 1.4 58 27 90 20
- grey line 1.4 58 37 90 30""",
    "box": """
lid light poly 2 22 26 4 98 4 78 22
side dark poly 78 22 98 4 98 66 78 88
front main poly 2 22 78 22 78 88 2 88
- cream poly 34 22 46 22 46 50 34 50
- cream poly 34 22 54 4 64 4 46 22""",
    "teddy": """
ear main oval 18 14 12 12
ear main oval 62 14 12 12
ear light oval 18 14 6 6
ear light oval 62 14 6 6
leg main oval 14 96 15 12
leg main oval 66 96 15 12
leg light oval 12 98 8 7
leg light oval 68 98 8 7
arm main blob 12 56 24 54 22 74 6 80 2 70
arm main blob 68 56 56 54 58 74 74 80 78 70
body main oval 40 76 26 28
body light oval 40 78 16 18
head main oval 40 30 28 25
head light oval 40 40 12 10
- black oval 40 35 4.5 3
head eye 30 26 3.6
head eye 50 26 3.6""",
    "bottle": """
body main blob 14 0 28 0 28 26 40 44 40 104 36 112 6 112 2 104 2 44 14 26
neck gold poly 12 0 30 0 30 12 12 12
label cream poly 2 58 40 58 40 88 2 88
- light line 3 9 48 9 100""",
    "apple": """
- wood line 4 40 18 44 2
leaf leaf blob 46 8 58 0 70 2 60 12
body main blob 40 18 58 12 76 24 78 46 64 74 50 80 40 76 28 80 14 74 2 46 4 24 22 12
- white blob 16 30 26 22 26 34 18 42""",
    "banana": """
body main blob 4 6 14 6 24 34 52 52 90 46 100 50 92 66 58 76 22 60 6 30
body light blob 16 22 26 42 54 60 88 54 56 66 24 50
tip wood poly 2 2 14 2 14 10 6 12
tip wood oval 97 52 4 5""",
    "pear": """
- wood line 4 34 16 40 0
leaf leaf blob 38 8 50 0 62 6 50 14
body main blob 34 12 46 20 50 40 66 62 64 86 46 98 22 98 4 86 2 62 18 40 22 20
- light blob 14 62 22 52 24 68 16 78""",
    "cake": """
plate white oval 60 84 60 8
body main blob 10 34 60 40 110 34 110 78 60 86 10 78
icing cream blob 10 34 14 24 60 18 106 24 110 34 106 50 96 42 84 54 72 44 60 56 46 44 36 54 24 42 14 50
candle red line 5 40 4 40 26
candle red line 5 60 2 60 26
candle red line 5 80 4 80 26
- gold oval 40 0 3.5 5
- gold oval 60 -2 3.5 5
- gold oval 80 0 3.5 5""",
}
