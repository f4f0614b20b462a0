namespace Shop.Storefront.Pages.Cart;

/// <summary>The number of units in the header of a page. The header is rendered first; a page that reads the cart sets it.</summary>
internal sealed class CartCount
{
    /// <summary>Occurs when the page has set the number.</summary>
    public event Action? Changed;

    /// <summary>Whether the page has set the number.</summary>
    public bool IsSet { get; private set; }

    /// <summary>The number of units that the page has set; null if it is not known.</summary>
    public int? Units { get; private set; }

    /// <summary>Sets the number of units, or null if it will change in a moment.</summary>
    public void Set(int? units)
    {
        (IsSet, Units) = (true, units);
        Changed?.Invoke();
    }
}
