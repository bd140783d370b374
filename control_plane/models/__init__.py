"""Trained models and the images that train them: registry, promotion, environments."""
