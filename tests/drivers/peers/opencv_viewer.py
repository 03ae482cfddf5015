#!/usr/bin/python3
"""opencv_viewer.py NODE: the same task in a few lines of OpenCV: a camera's edges in a window."""
import sys

import cv2

camera = cv2.VideoCapture(sys.argv[1], cv2.CAP_V4L2)
camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter_fourcc(*"MJPG"))
camera.set(cv2.CAP_PROP_FRAME_WIDTH, 1280)
camera.set(cv2.CAP_PROP_FRAME_HEIGHT, 720)
camera.set(cv2.CAP_PROP_FPS, 30)
while True:
    whole, picture = camera.read()
    if whole:
        gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        cv2.imshow("edges", cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150))
    if cv2.waitKey(1) == ord("q"):
        break
