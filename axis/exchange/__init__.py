"""The exchange itself: taking messages in, attesting what happened, handing them over."""
