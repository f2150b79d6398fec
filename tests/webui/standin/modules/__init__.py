"""The symbols of the webui that VXA touches, with the names, arguments and manners of A1111 v1.10.1; nothing else."""
