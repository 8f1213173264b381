//! Habits.
