using Shop.Contracts;
using Shop.Storefront.Clients;
using Shop.Storefront.Pages.Layout;

namespace Shop.Storefront.Pages.Checkout;

/// <summary>The content of the checkout page.</summary>
/// <param name="Form">The fields, as the visitor has entered them.</param>
/// <param name="Cart">The cart; null if it cannot be read at the moment.</param>
/// <param name="Problem">The reason why the last attempt ordered nothing.</param>
/// <param name="OrderId">The order that the problem is about.</param>
public sealed record CheckoutModel(CheckoutInput Form, CartContents? Cart, ProblemText? Problem = null, Guid? OrderId = null)
{
    /// <summary>The fields that have to be corrected, with what is wrong: the order is that of the form.</summary>
    public IReadOnlyList<FieldError> Errors { get; init; } = [];

    /// <summary>Whether the sign-in of the member has expired.</summary>
    public bool MustSignIn { get; init; }

    /// <summary>Whether the visitor may replace the order of the problem with this one.</summary>
    public bool MayReplace { get; init; }

    /// <summary>
    /// Whether the last attempt may have placed the order. The form is then sent again as it was, whatever the cart contains by now.
    /// </summary>
    public bool IsRepetition { get; init; }

    /// <summary>The total that the form shows and sends; null if there is nothing to order.</summary>
    public Money? Total => IsRepetition ? Form.ExpectedTotal : Cart?.Total;

    /// <summary>
    /// Whether the cart can be ordered. Units that an order to be replaced holds count as sold out until it is replaced, so then the cart
    /// service decides.
    /// </summary>
    public bool CanBeOrdered => Cart is not null && (Cart.CanBeCheckedOut
        || ((MayReplace || Form.Replaces is not null)
            && Cart is { Total: not null, Problem: null } && Cart.Lines.All(line => line.Problem is null or "out_of_stock")));

    /// <summary>
    /// The step that the page shows: that of the form, or the one before if a field of that has to be corrected. Null for all on one page.
    /// </summary>
    public CheckoutStep? Step => Form.Step is CheckoutStep.Payment && Errors.Any(error => error.Field != CheckoutFields.Card)
        ? CheckoutStep.Delivery
        : Form.Step;

    /// <summary>Whether the page shows the form.</summary>
    public bool HasForm => IsRepetition || (Cart is { Lines.Count: > 0 } && CanBeOrdered);

    /// <summary>Returns what is wrong with a field, or null.</summary>
    public string? ErrorOf(string field) => Errors.FirstOrDefault(error => error.Field == field)?.Text;
}

/// <summary>The steps of a checkout of two pages.</summary>
public enum CheckoutStep
{
    /// <summary>Where the order is shipped to.</summary>
    Delivery,

    /// <summary>How it is paid.</summary>
    Payment,
}

/// <summary>A field that has to be corrected.</summary>
/// <param name="Field">The id and name of the field.</param>
/// <param name="Text">The correction that is needed.</param>
public sealed record FieldError(string Field, string Text);

/// <summary>The fields of the checkout form, as they were typed.</summary>
/// <param name="Key">
/// The Idempotency-Key. It is created with the form and sent back with it: a form that is sent twice orders once.
/// </param>
/// <param name="Name">Name of the recipient.</param>
/// <param name="Address">Postal address.</param>
/// <param name="Email">Email address.</param>
/// <param name="Card">Token of the card.</param>
/// <param name="ExpectedTotal">The total that the form has shown.</param>
/// <param name="Replaces">The order that this one replaces.</param>
/// <param name="Step">The step that the form is; null for a form of one page.</param>
public sealed record CheckoutInput(
    string Key, string Name, string Address, string Email, string Card, Money? ExpectedTotal, Guid? Replaces, CheckoutStep? Step)
{
    /// <summary>Returns a new form.</summary>
    /// <param name="email">Email address of the member; null for a guest.</param>
    /// <param name="replaces">The order that is to be replaced.</param>
    public static CheckoutInput Create(string? email, Guid? replaces) => new(NewKey(), "", "", email ?? "", "", null, replaces, null);

    /// <summary>Returns the same form with a key of its own: sent again, it is another order.</summary>
    public CheckoutInput Renew() => this with { Key = NewKey() };

    /// <summary>Reads a form that was sent.</summary>
    public static CheckoutInput Read(IFormCollection form) => new(
        Guid.TryParse(form["key"], out var key) ? key.ToString("n") : NewKey(),
        form["name"].ToString().Trim(),
        // Browsers send CRLF.
        form["address"].ToString().ReplaceLineEndings("\n").Trim(),
        form["email"].ToString().Trim(),
        form["card"].ToString(),
        long.TryParse(form["amount"], out var amount) ? new Money(amount, form["currency"].ToString()) : null,
        Guid.TryParse(form["replaces"], out var replaces) ? replaces : null,
        Enum.TryParse<CheckoutStep>(form["step"], out var step) && Enum.IsDefined(step) ? step : null);

    /// <summary>Returns the type name without any values, which are personal data.</summary>
    public override string ToString() => $"{nameof(CheckoutInput)} (redacted)";

    private static string NewKey() => Guid.NewGuid().ToString("n");
}
