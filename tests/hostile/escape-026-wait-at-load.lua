-- expect: refused at load: cannot wait
sleep(1)
