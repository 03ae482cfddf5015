#!/usr/bin/python3
"""Makes a folder of odd but sound pictures: make_odd.py FOLDER"""
import os
import sys

import cv2
import numpy as np

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
rng = np.random.default_rng(5)
color = cv2.GaussianBlur(rng.integers(0, 256, (150, 201, 3), dtype=np.uint8), (9, 9), 0)
color = cv2.normalize(color, None, 0, 255, cv2.NORM_MINMAX)
gray = np.ascontiguousarray(color[:, :, 1])
deep = (color.astype(np.uint16) << 8) + 77
clear = np.dstack([color, np.tile(np.arange(201, dtype=np.uint8), (150, 1))])

for ending in (".jpg", ".JPEG", ".png", ".BMP", ".tif", ".TIFF", ".webp"):
    cv2.imwrite(f"{folder}/color{ending.replace('.', '-')}{ending}", color)
    cv2.imwrite(f"{folder}/gray{ending.replace('.', '-')}{ending}", gray)
cv2.imwrite(f"{folder}/deep.png", deep)
cv2.imwrite(f"{folder}/deep-gray.png", deep[:, :, 0])
cv2.imwrite(f"{folder}/clear.png", clear)
cv2.imwrite(f"{folder}/progressive.jpg", color, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
cv2.imwrite(f"{folder}/one.png", color[:1, :1])
cv2.imwrite(f"{folder}/line.jpg", color[:1])
cv2.imwrite(f"{folder}/column.png", color[:, :1])

# Panoramas, up to the longest side that is read.
wide = np.tile(color[:20], (1, 65535 // 201 + 1, 1))
cv2.imwrite(f"{folder}/wide.png", wide[:, :65535])
cv2.imwrite(f"{folder}/wide.jpg", wide[:, :65500])
cv2.imwrite(f"{folder}/high.tif", np.ascontiguousarray(wide[:, :65535].transpose(1, 0, 2)))
