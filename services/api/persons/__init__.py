"""For the person and for whoever may see them: what is held, opened only here and never without a purpose."""
