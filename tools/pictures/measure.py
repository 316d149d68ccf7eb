"""How many single digits of each kind are read right, of what everyday.py draws. What is rejected counts as wrong.

    python measure.py PROGRAM FOLDER [FLAGS OF predict]
"""
import json
import pathlib
import subprocess
import sys


def main():
    program, folder, *flags = sys.argv[1:]
    right = count = 0
    for kind in sorted(pathlib.Path(folder).iterdir()):
        files = sorted(kind.iterdir())
        told = subprocess.run([program, "predict", "--json", *flags, *files], capture_output=True, text=True)
        answers = json.loads(told.stdout)
        wrong = []
        for file, answer in zip(files, answers):
            label = int(file.stem.rsplit("_", 1)[1])
            if answer["rejected"] or answer["digit"] != label:
                doubt = "?" if answer["rejected"] else ""
                wrong.append(f"{file.name}: {answer['digit']}{doubt} ({answer['probability']:.2f})")
        right, count = right + len(files) - len(wrong), count + len(files)
        print(f"{kind.name:11} {len(files) - len(wrong)} of {len(files)}  {', '.join(wrong)}")
    print(f"all         {right / count:.3f} of {count}")


if __name__ == "__main__":
    main()
