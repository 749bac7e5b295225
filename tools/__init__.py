"""What maintainers run: releases and images."""
