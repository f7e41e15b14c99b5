"""What people declare: frozen dataclasses and enums, standard library only."""
