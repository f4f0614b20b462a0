using Shop.Orders.Ordering;

namespace Shop.Orders.Payment.Simulator;

/// <summary>The cards that the simulator knows; every other one is declined.</summary>
internal static class TestCards
{
    public const string Ok = "tok_ok";
    public const string Declined = "tok_declined";
    public const string InsufficientFunds = "tok_insufficient_funds";
    public const string Expired = "tok_expired";

    /// <summary>Is charged, but the first answer gets lost on its way back.</summary>
    public const string Timeout = "tok_timeout";

    /// <summary>The buyer must confirm, and does so after <see cref="SimulatorOptions.ActionDelay"/>.</summary>
    public const string RequiresAction = "tok_requires_action";

    /// <summary>The buyer must confirm, and refuses.</summary>
    public const string ActionRefused = "tok_action_refused";

    /// <summary>The buyer must confirm, and is never heard of again.</summary>
    public const string Abandoned = "tok_abandoned";

    public static PaymentResult ResultOf(string token) => token switch
    {
        Ok or Timeout => new PaymentResult.Accepted(),
        RequiresAction or ActionRefused or Abandoned => new PaymentResult.Pending(),
        InsufficientFunds => new PaymentResult.Declined(RejectionReasons.InsufficientFunds),
        Expired => new PaymentResult.Declined(RejectionReasons.CardExpired),
        _ => new PaymentResult.Declined(RejectionReasons.PaymentDeclined),
    };
}
