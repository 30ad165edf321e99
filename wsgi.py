import gc

from clinic.app import create_app

app = create_app()
gc.freeze()  # it stays for good: no collection need look through it again
