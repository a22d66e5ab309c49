"""The room of Streamlit: navigation, guard, pages' parts. Never imported by the launcher (a component would break)."""
