@rem npm scripts begin with `exec`, which replaces the shell elsewhere; here it only runs the rest.
@%*
