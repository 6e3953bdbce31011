import os

# Two processes of tests share two cores: threads that wait for others must not keep them busy.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
