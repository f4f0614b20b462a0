using Shop.Orders.Ordering;

namespace Shop.Orders.Payment.Simulator;

/// <summary>The card tokens that the simulated provider knows. All others are declined.</summary>
internal static class TestCards
{
    public const string Ok = "tok_ok";
    public const string Declined = "tok_declined";
    public const string InsufficientFunds = "tok_insufficient_funds";
    public const string Expired = "tok_expired";

    /// <summary>The charge succeeds, but its first response is lost.</summary>
    public const string Timeout = "tok_timeout";

    /// <summary>The customer must confirm the payment, and confirms it after <see cref="SimulatorOptions.ActionDelay"/>.</summary>
    public const string RequiresAction = "tok_requires_action";

    /// <summary>The customer must confirm the payment, and declines it after <see cref="SimulatorOptions.ActionDelay"/>.</summary>
    public const string ActionDeclined = "tok_action_declined";

    /// <summary>The customer must confirm the payment, and never does.</summary>
    public const string Abandoned = "tok_abandoned";

    public static PaymentResult GetResult(string cardToken) => cardToken switch
    {
        Ok or Timeout => new PaymentResult.Accepted(),
        RequiresAction or ActionDeclined or Abandoned => new PaymentResult.ActionRequired(),
        InsufficientFunds => new PaymentResult.Declined(StatusReasons.InsufficientFunds),
        Expired => new PaymentResult.Declined(StatusReasons.CardExpired),
        _ => new PaymentResult.Declined(StatusReasons.PaymentDeclined),
    };
}
