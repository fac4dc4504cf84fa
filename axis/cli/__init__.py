"""The command line: for those who keep an axis, and for systems that use one."""
