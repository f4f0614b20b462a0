namespace Shop.Storefront.Pages.Checkout;

/// <summary>The test cards of the simulated payment provider, which the checkout offers in Development.</summary>
internal static class TestCards
{
    public static IReadOnlyList<TestCard> All { get; } =
    [
        new("tok_ok", "Accepted card", "Pays at once."),
        new("tok_declined", "Declined card", "The bank declines it."),
        new("tok_insufficient_funds", "Empty card", "It does not have sufficient funds."),
        new("tok_expired", "Expired card", "Its last month is over."),
        new("tok_requires_action", "Card to confirm", "Pays after a confirmation that takes some seconds."),
        new("tok_action_declined", "Card to confirm, declined", "The confirmation is declined after some seconds."),
        new("tok_abandoned", "Card to confirm, forgotten", "Waits for a confirmation that never comes."),
        new("tok_timeout", "Slow card", "Pays, but the first answer of the bank is lost."),
    ];
}

/// <summary>A test card.</summary>
/// <param name="Token">The token that is sent as the card.</param>
/// <param name="Name">The kind of card, as the page shows it.</param>
/// <param name="Effect">What happens to a payment with it.</param>
internal sealed record TestCard(string Token, string Name, string Effect);
