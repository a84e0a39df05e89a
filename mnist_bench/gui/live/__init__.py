"""What joins the pad, the engines and the cards, and the chart of what they answered."""
